rule wardgrid_ransomware_shell_locker
{
  meta:
    id = "d7a7d467-fe8b-4a3c-b104-f5f28e0b8a9e"
    title = "Script that encrypts the files of a disk"
    severity = "high"
    confidence = 82
    attack = "T1486"
    author = "Wardgrid"
    date = "2026-11-27"
  strings:
    $loop = /(find\s+(\/|\$|"\$)[^\n]{0,160}-type f|os\.walk\s*\(|for\s+\w+\s+in\s+\$\(find)/
    $enc = /(openssl\s+(enc|rsautl|pkeyutl|cms|smime)|gpg2?\s[^\n]{0,80}(--symmetric|-c|--encrypt|-e)\b|Fernet\s*\(|AES\.new\s*\(|ChaCha20)/
    $gone = /(rm\s+-r?f|shred\s|os\.(remove|unlink|rename)\s*\(|unlink\s)/
    $ext = /\.(encrypted|locked|enc|crypt|crypted|ransom|lock)["'\s]/
    $note = /(ransom|bitcoin|decrypt(ion)? (your|key|instructions)|have been encrypted|readme_to)/ nocase
  condition:
    uint16be(0) == 0x2321 and all of them and filesize < 300KB
}
