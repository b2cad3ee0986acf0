rule wardgrid_reverse_shell_python
{
  meta:
    id = "ae264952-7754-4031-bee2-e9a7f169964a"
    title = "Python script hands a shell to a socket"
    severity = "high"
    confidence = 88
    attack = "T1059.006"
    author = "Wardgrid"
    date = "2026-11-27"
  strings:
    $sock = /socket\s*\(\s*(socket\.)?AF_INET/
    $con = /\.connect\s*\(\s*\(/
    $dup = /os\.dup2\s*\(\s*\w+\.fileno\s*\(\s*\)\s*,\s*[012f]/
    $sh = /(pty\.spawn|subprocess\.(call|Popen|run)|os\.exec\w+|os\.system)\s*\(\s*\[?\s*["'](\/bin\/|\/usr\/bin\/)?(ba|z|da)?sh["']/
  condition:
    all of them and filesize < 200KB
}
