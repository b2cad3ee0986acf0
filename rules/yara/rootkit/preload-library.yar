rule wardgrid_rootkit_preload_library
{
  meta:
    id = "2c7b1278-306a-4731-a108-e1c0fe48b3a2"
    title = "Library that hides files and processes"
    severity = "critical"
    confidence = 88
    attack = "T1574.006"
    author = "Wardgrid"
    date = "2026-11-27"
  strings:
    $pre = "/etc/ld.so.preload" ascii
    $readdir = "readdir64" ascii
    $dlsym = "dlsym" ascii
    $proc = /\/proc\/(self\/fd\/%d|%s|net\/tcp|%d)/ ascii
    $h1 = "/bin/sh" ascii
    $h2 = "pam_authenticate" ascii
    $h3 = "ssh2_" ascii
    $h4 = "HIDE" ascii nocase
    $a = "accept" ascii
    $st = "__lxstat" ascii
  condition:
    uint32(0) == 0x464c457f and uint16(16) == 3 and $pre and $readdir and $dlsym and $proc and ($a or $st) and 1 of ($h*) and filesize < 400KB
}
