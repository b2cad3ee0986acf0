rule wardgrid_elf_device_botnet
{
  meta:
    id = "c0e89706-d564-411a-a76b-ab88a8cd0536"
    title = "Program of a device botnet"
    severity = "critical"
    confidence = 86
    attack = "T1498"
    author = "Wardgrid"
    date = "2026-11-27"
  strings:
    $w1 = "/dev/watchdog" ascii
    $w2 = "/dev/misc/watchdog" ascii
    $b = "/bin/busybox" ascii
    $c1 = /(POST|GET) \/(ctrlt\/DeviceUpgrade_1|GponForm\/diag_Form|HNAP1|cdn-cgi|picsdesc\.xml|setup\.cgi\?next_file|shell\?cd)/
    $c2 = /(vizxv|xc3511|7ujMko0admin|juantech|hi3518|klv123)/
    $n = /(listening tun0|dvrHelper|\.anime|assword|ncorrect|applet not found)/
  condition:
    uint32(0) == 0x464c457f and any of ($w*) and $b and any of ($c*) and $n and filesize < 2MB
}
