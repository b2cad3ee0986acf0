rule wardgrid_reverse_shell_fifo_relay
{
  meta:
    id = "58a006ee-438a-40fd-8e5b-1ae7fdfa017c"
    title = "Script relays a shell over a named pipe"
    severity = "high"
    confidence = 88
    attack = "T1059.004"
    author = "Wardgrid"
    date = "2026-11-27"
  strings:
    $a = /(mkfifo|mknod)\s+\S+[^\n]{0,120}\|\s*(\/bin\/)?(ba)?sh\s+-i[^\n]{0,60}\|\s*(nc|ncat|netcat|telnet|openssl\s+s_client)\s/
  condition:
    $a and filesize < 200KB
}
