rule wardgrid_reverse_shell_elf_raw_syscalls
{
  meta:
    id = "4f82fc4c-4762-41cd-bdf4-9cf968650a1d"
    title = "Tiny program that ties a shell to a socket"
    severity = "high"
    confidence = 85
    attack = "T1059.004"
    author = "Wardgrid"
    date = "2026-11-27"
  strings:
    $socket = { 6A 29 58 [0-12] 0F 05 }
    $dup2 = { 6A 21 58 0F 05 }
    $sh = { 2F 62 69 6E 2F ( 73 68 | 2F 73 68 ) }
  condition:
    uint32(0) == 0x464c457f and filesize < 8KB and all of them
}
