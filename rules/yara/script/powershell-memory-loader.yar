rule wardgrid_script_powershell_memory_loader
{
  meta:
    id = "ca829ff1-3624-4134-aa9a-3d29f57737bc"
    title = "PowerShell script that loads a program into memory"
    severity = "high"
    confidence = 84
    attack = "T1620"
    author = "Wardgrid"
    date = "2026-11-27"
  strings:
    $v = /VirtualAlloc(Ex)?\b/
    $t = /(CreateThread|CreateRemoteThread|NtCreateThreadEx|GetDelegateForFunctionPointer)\b/
    $m = /Runtime\.InteropServices\.Marshal\]?::Copy/ nocase
    $b = /FromBase64String\s*\(/ nocase
    $d = /(DllImport|GetProcAddress|UnsafeNativeMethods)/
  condition:
    all of them and filesize < 3MB and uint16(0) != 0x5a4d and uint32(0) != 0x464c457f
}
