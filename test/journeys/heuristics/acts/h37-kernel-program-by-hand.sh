# expects: medium T1014
. "$STAGE/act.sh"
stand_in bpftool
bpftool prog load h.o /sys/fs/bpf/h
