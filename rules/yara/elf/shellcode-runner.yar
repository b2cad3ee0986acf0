rule wardgrid_elf_shellcode_runner
{
  meta:
    id = "29c47317-e7a8-4deb-82bc-cc2d53ebeb45"
    title = "Program that only runs code out of memory"
    severity = "medium"
    confidence = 74
    attack = "T1620"
    author = "Wardgrid"
    date = "2026-11-27"
  strings:
    $m = "memfd_create" ascii
    $fe = "fexecve" ascii
    $fd = /\/proc\/(self|%d)\/fd\/%d/ ascii
    $k = /\[k(worker|thread|softirq|swapd)[^\]]{0,12}\]/ ascii
    $pr = "prctl" ascii
  condition:
    uint32(0) == 0x464c457f and $m and any of ($fe, $fd) and $k and $pr and filesize < 3MB
}
