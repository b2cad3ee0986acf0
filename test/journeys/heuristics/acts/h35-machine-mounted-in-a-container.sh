# expects: high T1610
. "$STAGE/act.sh"
stand_in docker
docker run -v /:/mnt alpine chroot /mnt
