rule wardgrid_rootkit_pam_backdoor
{
  meta:
    id = "6ba13fe7-fc60-4261-aa95-23a38a18df45"
    title = "Authentication module that knows a master password or keeps passwords"
    severity = "critical"
    confidence = 86
    attack = "T1556.003"
    author = "Wardgrid"
    date = "2026-11-27"
  strings:
    $pam = "pam_sm_authenticate" ascii
    $get = "pam_get_authtok" ascii
    $item = "pam_get_item" ascii
    $fo = "fopen" ascii
    $log = /(%s:%s|user(name)?[:=]\s?%s[^\x00]{0,16}pass(word)?[:=]\s?%s)/ ascii nocase
    $path = /\/(tmp|var\/tmp|dev\/shm|var\/log|usr\/(lib|share|bin|include))\/\.[A-Za-z0-9_-]{2,20}/ ascii
  condition:
    uint32(0) == 0x464c457f and $pam and any of ($get, $item) and $fo and $log and $path and filesize < 400KB
}
