rule wardgrid_web_shell_php_file_manager_with_shell
{
  meta:
    id = "c4937d68-450e-4080-b9d6-14964ba8eb52"
    title = "PHP file manager with a command line"
    severity = "high"
    confidence = 84
    attack = "T1505.003"
    author = "Wardgrid"
    date = "2026-11-27"
  strings:
    $php = /<\?(php|=)/ nocase
    $up = /move_uploaded_file\s*\(/ nocase
    $run = /\b(shell_exec|passthru|proc_open|popen)\s*\(/ nocase
    $info = /php_uname\s*\(|posix_getpwuid|get_current_user\s*\(/ nocase
    $word = /(safe[_ ]mode|bypass|back ?connect|bind ?port|symlink\s*\(|defac|r57|c99|b374k|wso \d|mini ?shell|web ?shell)/ nocase
    $exec = /disable_functions/ nocase
  condition:
    $php and $up and $run and $info and $word and $exec and filesize < 800KB
}
