rule wardgrid_web_shell_aspx_runs_request
{
  meta:
    id = "f4387b9b-69d1-408d-8d40-3fae0d809839"
    title = "ASP.NET page runs a parameter of the request"
    severity = "critical"
    confidence = 90
    attack = "T1505.003"
    author = "Wardgrid"
    date = "2026-11-27"
  strings:
    $page = /<%@\s*(Page|WebHandler|WebService)\s/ nocase
    $eval = /\beval\s*\(\s*Request\s*(\.|\[)/ nocase
    $proc = /Process(StartInfo)?\b[^\n]{0,200}(cmd\.exe|powershell)/ nocase
    $req = /Request\s*(\.\s*(Form|QueryString|Params|Item)|\[)/ nocase
  condition:
    $page and ($eval or ($proc and $req)) and filesize < 500KB
}
