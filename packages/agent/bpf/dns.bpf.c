/*
 * Questions to name servers over UDP, with the process that asks. Looks at every packet on its way out,
 * for some ten instructions unless it goes to port 53. The layout of records is that of
 * `src/sensors/network/dns-record.ts`.
 */
#include "kernel.h"
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_tracing.h>

char LICENSE[] SEC("license") = "GPL";

/* Some 400 questions wait here while the agent is busy. A power of two. */
#define RING_BYTES (256 << 10)
/* Head and first question; a name has 255 bytes at most (RFC 1035). A power of two. */
#define QUESTION_BYTES 512

#define PROTOCOL_V4 0x0800
#define PROTOCOL_V6 0x86dd
#define FAMILY_V4 2
#define FAMILY_V6 10
#define PROTOCOL_UDP 17
#define UDP_HEAD_BYTES 8
#define PORT_DNS 53

struct record {
  __u32 family, pid;
  __u64 at_ns, start_ns;
  __u32 uid;
  __u16 source_port, length;
  __u8 source[16], destination[16];
  __u8 question[QUESTION_BYTES];
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

struct udp_head {
  __u16 source, destination, length, checksum;
};

static __always_inline __u32 family_of(struct sk_buff *packet, const void *ip) {
  __u8 protocol = 0;
  switch (bpf_ntohs(BPF_CORE_READ(packet, protocol))) {
  case PROTOCOL_V4:
    bpf_probe_read_kernel(&protocol, 1, ip + 9);
    return protocol == PROTOCOL_UDP ? FAMILY_V4 : 0;
  case PROTOCOL_V6:
    bpf_probe_read_kernel(&protocol, 1, ip + 6);
    return protocol == PROTOCOL_UDP ? FAMILY_V6 : 0;
  }
  return 0;
}

static __always_inline void add_process(struct record *record) {
  struct task_struct *task = (void *)bpf_get_current_task();
  record->pid = BPF_CORE_READ(task, tgid);
  record->start_ns = BPF_CORE_READ(task, group_leader, start_boottime);
  record->uid = (__u32)bpf_get_current_uid_gid();
}

static __always_inline void add_addresses(struct record *record, const void *ip) {
  if (record->family == FAMILY_V4) {
    bpf_probe_read_kernel(record->source, 4, ip + 12);
    bpf_probe_read_kernel(record->destination, 4, ip + 16);
  } else {
    bpf_probe_read_kernel(record->source, 16, ip + 8);
    bpf_probe_read_kernel(record->destination, 16, ip + 24);
  }
}

SEC("tp_btf/net_dev_queue")
int BPF_PROG(on_packet, struct sk_buff *packet) {
  const void *head = BPF_CORE_READ(packet, head);
  const void *ip = head + BPF_CORE_READ(packet, network_header);
  __u32 family = family_of(packet, ip);
  if (family == 0)
    return 0;
  const void *udp = head + BPF_CORE_READ(packet, transport_header);
  struct udp_head ports = {};
  if (bpf_probe_read_kernel(&ports, sizeof(ports), udp) < 0)
    return 0;
  if (ports.destination != bpf_htons(PORT_DNS))
    return 0;
  struct record *record = bpf_ringbuf_reserve(&ring, sizeof(*record), 0);
  if (!record) {
    __u32 zero = 0;
    __u64 *count = bpf_map_lookup_elem(&dropped, &zero);
    if (count)
      __sync_fetch_and_add(count, 1);
    return 0;
  }
  __builtin_memset(record, 0, sizeof(*record) - QUESTION_BYTES);
  record->family = family;
  record->at_ns = bpf_ktime_get_boot_ns();
  record->source_port = bpf_ntohs(ports.source);
  add_process(record);
  add_addresses(record, ip);
  __u32 length = bpf_ntohs(ports.length) - UDP_HEAD_BYTES;
  if (length > QUESTION_BYTES - 1)
    length = QUESTION_BYTES - 1;
  length &= QUESTION_BYTES - 1;
  if (bpf_probe_read_kernel(record->question, length, udp + UDP_HEAD_BYTES) == 0)
    record->length = length;
  bpf_ringbuf_submit(record, 0);
  return 0;
}
