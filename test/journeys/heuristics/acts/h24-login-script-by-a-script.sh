# expects: medium T1546.004
. "$STAGE/act.sh"
mkdir -p /etc/profile.d
echo true > /etc/profile.d/lang.sh
