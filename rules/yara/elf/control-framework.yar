rule wardgrid_elf_control_framework
{
  meta:
    id = "045bcec3-c595-4f4b-8ac4-748488188ac5"
    title = "Implant of a known control framework"
    severity = "critical"
    confidence = 86
    attack = "T1219"
    author = "Wardgrid"
    date = "2026-11-27"
  strings:
    $s1 = "github.com/bishopfox/sliver" ascii
    $s2 = "sliverpb." ascii
    $m1 = "github.com/Ne0nd0g/merlin" ascii
    $m2 = "merlin-agent" ascii
    $p1 = "poseidon/Payload_Type" ascii
    $me = "mettle" ascii
    $me2 = "stdapi_sys_process_execute" ascii
    $gs = "gs-netcat" ascii
    $gs2 = "GSRN_DEFAULT_HOST" ascii
  condition:
    (uint32(0) == 0x464c457f or uint16(0) == 0x5a4d or uint32(0) == 0xfeedfacf) and (any of ($s*) or all of ($m*) or $p1 or all of ($me*) or all of ($gs*))
}
