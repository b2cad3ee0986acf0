rule wardgrid_rootkit_kernel_module
{
  meta:
    id = "ebf1af1c-99af-43cf-a007-06861a94794a"
    title = "Kernel module that hides things"
    severity = "critical"
    confidence = 86
    attack = "T1014"
    author = "Wardgrid"
    date = "2026-11-27"
  strings:
    $vm = "vermagic=" ascii
    $sys = "sys_call_table" ascii
    $kall = "kallsyms_lookup_name" ascii
    $dir = "getdents64" ascii
    $kill = "__x64_sys_kill" ascii
    $ft = "ftrace_set_filter_ip" ascii
    $cred = "prepare_creds" ascii
    $hide = /(hide|hidden|invis|unhide|backdoor|rootkit)/ ascii nocase
    $tcp = "tcp4_seq_show" ascii
  condition:
    uint32(0) == 0x464c457f and $vm and $cred and $dir and any of ($sys, $kall, $ft) and any of ($kill, $tcp) and $hide and filesize < 600KB
}
