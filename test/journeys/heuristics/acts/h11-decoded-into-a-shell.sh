# expects: high T1140
. "$STAGE/act.sh"
echo dHJ1ZQo= | base64 -d | sh
