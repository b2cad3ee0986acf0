# expects: high T1140
. "$STAGE/act.sh"
python3 -c 'import base64;exec(base64.b64decode("cGFzcw=="))'
