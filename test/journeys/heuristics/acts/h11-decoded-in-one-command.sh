# expects: high T1140
. "$STAGE/act.sh"
bash -c 'echo dHJ1ZQo= | base64 -d | bash'
