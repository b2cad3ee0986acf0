rule wardgrid_macos_password_stealer_script
{
  meta:
    id = "6751e551-62a2-463e-bf3b-b84d11fab014"
    title = "Script that asks for the password and packs browser stores"
    severity = "critical"
    confidence = 86
    attack = "T1555"
    author = "Wardgrid"
    date = "2026-11-27"
  strings:
    $ask = /display dialog[^\n]{0,200}hidden answer/ nocase
    $chrome = /Application Support\/(Google\/Chrome|BraveSoftware|Microsoft Edge|Chromium)/
    $key = /(login\.keychain|find-generic-password|Safe Storage)/
    $pack = /(ditto\s+-c|zip\s+-r|FileGrabber|curl\s[^\n]{0,80}(-F|--data-binary|-X POST))/
  condition:
    all of them and filesize < 3MB
}
