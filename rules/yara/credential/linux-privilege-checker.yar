rule wardgrid_credential_linux_privilege_checker
{
  meta:
    id = "f3c9fc9a-69e8-4e8d-af57-3191f3103ddf"
    title = "Collector of ways to root"
    severity = "medium"
    confidence = 80
    attack = "T1082"
    author = "Wardgrid"
    date = "2026-11-27"
  strings:
    $w1 = /find\s+\/[^\n]{0,60}-perm\s+-0?4000/
    $w2 = /(sudo\s+-l|sudo\s+-V)/
    $w3 = /getcap\s+-r\s+\//
    $w4 = /\/etc\/(shadow|exports|sudoers)/
    $w5 = /(docker\.sock|\.dockerenv|lxd)/
    $w6 = /GTFO|exploit|privesc|privilege escalation/ nocase
    $w7 = /(writable|world[- ]writable)/ nocase
  condition:
    uint16be(0) == 0x2321 and all of ($w*) and filesize < 2MB
}
