rule wardgrid_elf_tunnel_tool
{
  meta:
    id = "c95c09d1-b55a-4a24-b7f0-77ae6895a45e"
    title = "Tunnel tool"
    severity = "medium"
    confidence = 76
    attack = "T1572"
    author = "Wardgrid"
    date = "2026-11-27"
  strings:
    $c1 = "github.com/jpillora/chisel" ascii
    $c2 = "github.com/fatedier/frp" ascii
    $c3 = "github.com/nicocha30/ligolo-ng" ascii
    $c4 = "github.com/kost/revsocks" ascii
    $c5 = "github.com/ginuerzh/gost" ascii
    $go = "Go build" ascii
    $go2 = "runtime.goexit" ascii
  condition:
    (uint32(0) == 0x464c457f or uint16(0) == 0x5a4d or uint32(0) == 0xfeedfacf) and any of ($c*) and any of ($go*)
}
