rule wardgrid_credential_mimikatz_text
{
  meta:
    id = "0e936378-8c0c-4da4-913f-9465d0398917"
    title = "Text of a known Windows credential tool"
    severity = "critical"
    confidence = 90
    attack = "T1003.001"
    author = "Wardgrid"
    date = "2026-11-27"
  strings:
    $a = /sekurlsa::logon[pP]asswords/ ascii wide
    $b = /lsadump::(sam|dcsync|lsa)\b/ ascii wide
    $c = /kerberos::(golden|ptt)\b/ ascii wide
    $d = "gentilkiwi" ascii wide
    $e = /privilege::de[b]ug/ ascii wide
  condition:
    (uint16(0) == 0x5a4d and 2 of them) or ($a and $b and $c and $d and filesize < 5MB)
}
