rule wardgrid_web_shell_jsp_runs_request
{
  meta:
    id = "015854cb-d52d-4474-b4d4-32ece4e14495"
    title = "JSP page runs a parameter of the request"
    severity = "critical"
    confidence = 90
    attack = "T1505.003"
    author = "Wardgrid"
    date = "2026-11-27"
  strings:
    $jsp = /<%[@=!\s]/
    $run = /Runtime\s*\.\s*getRuntime\s*\(\s*\)\s*\.\s*exec\s*\(|new\s+ProcessBuilder\s*\(/
    $req = /request\s*\.\s*getParameter\s*\(/
  condition:
    all of them and filesize < 500KB
}
