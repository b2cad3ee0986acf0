# expects: medium T1546.017
. "$STAGE/act.sh"
mkdir -p /etc/udev/rules.d
echo '# nothing' > /etc/udev/rules.d/75-act.rules
