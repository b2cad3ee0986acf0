rule wardgrid_credential_memory_dumper
{
  meta:
    id = "4013c492-8eba-46ca-abf2-96fc9a9b81fd"
    title = "Program that reads passwords out of the memory of others"
    severity = "high"
    confidence = 84
    attack = "T1003.007"
    author = "Wardgrid"
    date = "2026-11-27"
  strings:
    $maps = /\/proc\/%[ds]\/maps/
    $mem = /\/proc\/%[ds]\/mem/
    $t1 = "gnome-keyring-daemon" ascii
    $t2 = "gdm-password" ascii
    $t3 = "vsftpd" ascii
    $t4 = "sshd:" ascii
    $t5 = "lightdm" ascii
    $pw = /(_pammodutil_getpwnam_root|gkr_system_authtok|\^\.\+libgck|password found|\$6\$)/ ascii
  condition:
    $mem and $maps and 2 of ($t*) and $pw and filesize < 2MB
}
