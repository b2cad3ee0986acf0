# expects: medium T1548.003
. "$STAGE/act.sh"
mkdir -p /etc/sudoers.d
echo '# nothing' > /etc/sudoers.d/act
