/*
 * TCP as it begins: connections asked for, connections taken, sockets that listen; in every network
 * namespace, however short. The layout of records is that of `src/sensors/network/bpf-record.ts`.
 */
#include "kernel.h"
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_tracing.h>

char LICENSE[] SEC("license") = "GPL";

/* Some 2,500 connections wait here while the agent is busy. A power of two. */
#define RING_BYTES (256 << 10)

#define PROTOCOL_TCP 6
#define FAMILY_V4 2
#define FAMILY_V6 10
/* net/tcp_states.h */
#define STATE_ESTABLISHED 1
#define STATE_SYN_SENT 2
#define STATE_SYN_RECV 3
#define STATE_LISTEN 10

enum kind { KIND_CONNECT = 1, KIND_ACCEPT = 2, KIND_LISTEN = 3 };

struct record {
  __u32 kind, family;
  __u64 at_ns, start_ns;
  __u32 pid, uid;
  __u8 local[16], remote[16];
  /* In the machine's byte order, as the kernel keeps the first one. */
  __u16 local_port, remote_port;
  __u32 reserved;
};

struct {
  __uint(type, BPF_MAP_TYPE_RINGBUF);
  __uint(max_entries, RING_BYTES);
} ring SEC(".maps");

/* Records that found no room. */
struct {
  __uint(type, BPF_MAP_TYPE_ARRAY);
  __uint(max_entries, 1);
  __type(key, __u32);
  __type(value, __u64);
} dropped SEC(".maps");

static __always_inline __u32 kind_of(int old_state, int new_state) {
  if (new_state == STATE_SYN_SENT)
    return KIND_CONNECT;
  if (new_state == STATE_LISTEN)
    return KIND_LISTEN;
  return old_state == STATE_SYN_RECV && new_state == STATE_ESTABLISHED ? KIND_ACCEPT : 0;
}

static __always_inline void add_addresses(struct record *record, const struct sock *sock) {
  if (record->family == FAMILY_V4) {
    __u32 local = BPF_CORE_READ(sock, __sk_common.skc_rcv_saddr);
    __u32 remote = BPF_CORE_READ(sock, __sk_common.skc_daddr);
    __builtin_memcpy(record->local, &local, sizeof(local));
    __builtin_memcpy(record->remote, &remote, sizeof(remote));
  } else {
    BPF_CORE_READ_INTO(&record->local, sock, __sk_common.skc_v6_rcv_saddr);
    BPF_CORE_READ_INTO(&record->remote, sock, __sk_common.skc_v6_daddr);
  }
  record->local_port = BPF_CORE_READ(sock, __sk_common.skc_num);
  __u16 port = BPF_CORE_READ(sock, __sk_common.skc_dport);
  record->remote_port = port >> 8 | port << 8;
}

/* A connection is taken while some other process runs: only the other two have one. */
static __always_inline void add_process(struct record *record) {
  struct task_struct *task = (void *)bpf_get_current_task();
  record->pid = BPF_CORE_READ(task, tgid);
  record->start_ns = BPF_CORE_READ(task, group_leader, start_boottime);
  record->uid = (__u32)bpf_get_current_uid_gid();
}

SEC("tp_btf/inet_sock_set_state")
int BPF_PROG(on_state, const struct sock *sock, int old_state, int new_state) {
  __u32 kind = kind_of(old_state, new_state);
  if (kind == 0 || BPF_CORE_READ(sock, sk_protocol) != PROTOCOL_TCP)
    return 0;
  struct record record = {.kind = kind};
  record.family = BPF_CORE_READ(sock, __sk_common.skc_family);
  if (record.family != FAMILY_V4 && record.family != FAMILY_V6)
    return 0;
  record.at_ns = bpf_ktime_get_boot_ns();
  add_addresses(&record, sock);
  if (kind != KIND_ACCEPT)
    add_process(&record);
  if (bpf_ringbuf_output(&ring, &record, sizeof(record), 0) == 0)
    return 0;
  __u32 zero = 0;
  __u64 *count = bpf_map_lookup_elem(&dropped, &zero);
  if (count)
    __sync_fetch_and_add(count, 1);
  return 0;
}
