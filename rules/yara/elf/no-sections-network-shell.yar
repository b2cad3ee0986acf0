rule wardgrid_elf_no_sections_network_shell
{
  meta:
    id = "03cffb69-a3b1-4387-a14b-f4982644c71e"
    title = "Small program without sections that talks and starts shells"
    severity = "medium"
    confidence = 74
    attack = "T1027.008"
    author = "Wardgrid"
    date = "2026-11-27"
  strings:
    $sh = "/bin/sh" ascii
    $bb = "/bin/busybox" ascii
    $dev = "/dev/watchdog" ascii
    $proc = "/proc/net/tcp" ascii
    $exe = "/proc/self/exe" ascii
    $tel = /(enable\x00|system\x00|shell\x00|linuxshell)/
  condition:
    uint32(0) == 0x464c457f and ((uint8(4) == 1 and uint16(48) == 0) or (uint8(4) == 2 and uint16(60) == 0)) and 3 of them and filesize < 500KB
}
