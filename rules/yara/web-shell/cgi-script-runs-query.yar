rule wardgrid_web_shell_cgi_script_runs_query
{
  meta:
    id = "b3bd9bea-60d5-4448-ba26-7d6fa8867322"
    title = "CGI script runs the query of the request"
    severity = "high"
    confidence = 82
    attack = "T1505.003"
    author = "Wardgrid"
    date = "2026-11-27"
  strings:
    $perl = /(system|exec|`)[\s(]*["']?\$(ENV\{['"]?QUERY_STRING|q->param|cgi->param|query)/
    $py = /os\.(popen|system)\s*\(\s*(form|fs|query|cgi\.FieldStorage\(\))\s*[\[.]/
    $sh = /\beval\s+["']?\$\{?(QUERY_STRING|HTTP_[A-Z_]+)/
  condition:
    uint16be(0) == 0x2321 and any of ($perl, $py, $sh)
}
