# expects: medium T1546.016
. "$STAGE/act.sh"
mkdir -p /etc/apt/apt.conf.d
echo '// nothing' > /etc/apt/apt.conf.d/99act
