rule wardgrid_web_shell_php_command_of_request
{
  meta:
    id = "085d86e7-e882-497b-bb08-ca5456ff09eb"
    title = "PHP script hands a request to the system"
    severity = "critical"
    confidence = 90
    attack = "T1505.003"
    author = "Wardgrid"
    date = "2026-11-27"
  strings:
    $php = /<\?(php|=)/ nocase
    $run = /\b(system|passthru|shell_exec|exec|popen|proc_open|pcntl_exec)\s*\(\s*(@?\s*(base64_decode|stripslashes|urldecode|trim)\s*\(\s*)*@?\$_(POST|GET|REQUEST|COOKIE)\b/ nocase
    $tick = /`\s*\{?\$_(POST|GET|REQUEST|COOKIE)\b/
  condition:
    $php and any of ($run, $tick)
}
