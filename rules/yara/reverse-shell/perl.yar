rule wardgrid_reverse_shell_perl
{
  meta:
    id = "135185ac-b036-4738-9c92-b11c4588c119"
    title = "Perl script hands a shell to a socket"
    severity = "high"
    confidence = 86
    attack = "T1059"
    author = "Wardgrid"
    date = "2026-11-27"
  strings:
    $sock = /(socket\s*\(\s*\w+\s*,\s*PF_INET|IO::Socket::INET\s*(->|\()\s*new)/
    $io = /open\s*\(\s*STD(IN|OUT)\s*,\s*["']\s*[<>]&/
    $sh = /exec\s*(\(|\{)?\s*["']\/bin\/(ba)?sh/
  condition:
    all of them and filesize < 200KB
}
