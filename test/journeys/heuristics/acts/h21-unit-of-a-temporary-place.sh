# expects: high T1543.002
. "$STAGE/act.sh"
stand_in systemctl
printf '[Service]\nExecStart=/bin/true\n' > /tmp/up.service
systemctl enable --now /tmp/up.service
