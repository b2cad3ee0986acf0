rule wardgrid_script_shell_encoded_loader
{
  meta:
    id = "a6600318-689c-483b-b3f2-a741d5beaa0b"
    title = "Shell script that decodes and runs itself"
    severity = "high"
    confidence = 80
    attack = "T1027"
    author = "Wardgrid"
    date = "2026-11-27"
  strings:
    $a = /(echo|printf)\s+-?[ne]*\s*["']?[A-Za-z0-9+\/=]{200,}["']?\s*\|\s*base64\s+(-d|--decode|-D)\s*\|\s*(\/bin\/)?(ba|z)?sh/
    $b = /eval\s+"?\$\(\s*(echo|printf)\s+["']?[A-Za-z0-9+\/=]{200,}["']?\s*\|\s*base64\s+(-d|--decode)/
  condition:
    uint16be(0) == 0x2321 and any of ($a, $b)
}
