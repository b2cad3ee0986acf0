rule wardgrid_web_shell_php_function_from_letters
{
  meta:
    id = "805bcae6-c1a4-4f4e-8029-632a76056097"
    title = "PHP script puts together the name of a function that runs code"
    severity = "high"
    confidence = 82
    attack = "T1027"
    author = "Wardgrid"
    date = "2026-11-27"
  strings:
    $php = /<\?(php|=)/ nocase
    $chr = /(chr\(\d{1,3}\)\s*\.\s*){7,}/ nocase
    $join = /['"](ass|ev|sys|ba|str|cre)['"]\s*\.\s*['"](ert|al|tem|se64_de|_rot|ate_func)/ nocase
    $call = /\$\w+\s*\(\s*@?\$_(POST|GET|REQUEST|COOKIE)\b/ nocase
  condition:
    $php and $call and any of ($chr, $join)
}
