rule wardgrid_reverse_shell_php
{
  meta:
    id = "80d7d5d7-2b95-46bf-8e31-eb6d7da0f0a0"
    title = "PHP script hands a shell to a socket"
    severity = "high"
    confidence = 87
    attack = "T1059"
    author = "Wardgrid"
    date = "2026-11-27"
  strings:
    $php = /<\?(php|=)/ nocase
    $sock = /(fsockopen|stream_socket_client)\s*\(/
    $sh = /proc_open\s*\(\s*(\$shell|["'][^"']{0,60}(\/bin\/(ba)?sh|sh -i))|shell\s*=\s*["'][^"']{0,60}\/bin\/sh -i/
    $pipe = /(stream_select|fread\s*\(\s*\$sock|<&3)/
  condition:
    all of them and filesize < 200KB
}
