rule wardgrid_web_shell_php_eval_of_request
{
  meta:
    id = "5810ed49-3b3a-4e1e-8592-0b242f12e30c"
    title = "PHP script runs what a request sends"
    severity = "critical"
    confidence = 92
    attack = "T1505.003"
    author = "Wardgrid"
    date = "2026-11-27"
  strings:
    $php = /<\?(php|=)/ nocase
    $run = /\b(eval|assert|create_function)\s*\(\s*(@?\s*(base64_decode|gzinflate|str_rot13|stripslashes|urldecode)\s*\(\s*)*@?\$_(POST|GET|REQUEST|COOKIE|SERVER)\b/ nocase
  condition:
    $php and $run
}
