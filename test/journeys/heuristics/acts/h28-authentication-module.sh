# expects: critical T1556.003
. "$STAGE/act.sh"
mkdir -p /usr/lib/x86_64-linux-gnu/security
cp /etc/hostname /usr/lib/x86_64-linux-gnu/security/pam_act.so
