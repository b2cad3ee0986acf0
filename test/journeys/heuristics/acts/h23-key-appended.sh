# expects: medium T1098.004
. "$STAGE/act.sh"
sh -c 'mkdir -p /root/.ssh; echo "ssh-ed25519 AAAA act" >> /root/.ssh/authorized_keys'
