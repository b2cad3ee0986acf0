rule wardgrid_reverse_shell_shell_device
{
  meta:
    id = "28e9df6e-be3e-489e-bbb2-7de43881f509"
    title = "Script ties a shell to the network device"
    severity = "high"
    confidence = 90
    attack = "T1059.004"
    author = "Wardgrid"
    date = "2026-11-27"
  strings:
    $a = /\b(ba|z|k)?sh\s+-i\s*(>&|&>|<)\s*\/dev\/(tcp|udp)\/[0-9a-z.$\{-][^\s\/]{2,}\/[0-9$]/
    $b = /exec\s+\d{1,3}<>\s*\/dev\/tcp\/[^\s\/]{3,}\/\d{2,5}[^\n]{0,80}(cat|while|sh)\s*<&/
    $doc = /(Metasploit|payloads? all|cheat ?sheet)/ nocase
  condition:
    any of ($a, $b) and not $doc and filesize < 200KB
}
