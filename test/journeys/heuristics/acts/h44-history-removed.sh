# expects: medium T1070.003
. "$STAGE/act.sh"
ln -sf /dev/null /root/.bash_history
