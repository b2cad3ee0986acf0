rule wardgrid_ransomware_note
{
  meta:
    id = "5e4126f0-f01f-4133-b2fc-ab39d578fb90"
    title = "Ransom note"
    severity = "high"
    confidence = 84
    attack = "T1486"
    author = "Wardgrid"
    date = "2026-11-27"
  strings:
    $enc = /(all|your)\s+(your\s+)?(important\s+)?(files|data|documents|network|servers)\b[^.]{0,60}\b(have been|has been|were|was|are)\s+(\w+\s+)?encrypted/ nocase
    $pay = /(bitcoin|monero|\bBTC\b|\bXMR\b|ransom|decryption (tool|key|software)|decryptor)/ nocase
    $onion = /[a-z2-7]{16,56}\.onion/
    $mail = /(contact us|write (to )?us|e-?mail us|personal (id|key)|your id)\b/ nocase
    $warn = /(do not (rename|modify|try|delete|shut)|don't (rename|modify|try)|leak|publish(ed)? (your|the) data|time (is )?limit)/ nocase
  condition:
    filesize < 40KB and $enc and $pay and $warn and any of ($onion, $mail)
}
