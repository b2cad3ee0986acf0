/*
 * Starts, forks and ends of processes, put into a ring that the agent maps. A start carries all that
 * is lost when the process ends a millisecond later: arguments, folder, file, chosen environment.
 *
 * The layout of records is that of `src/sensors/process/bpf/record.ts`; a test compares both on a real
 * kernel. What cannot be read is marked in `flags`, never guessed.
 */
#include "kernel.h"
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_tracing.h>

char LICENSE[] SEC("license") = "GPL";

/* Records wait here while the agent is busy: those of some 6,000 short programs. A power of two. */
#define RING_BYTES (4 << 20)
/* All of a record must fit into 32 KiB, the most that a processor's own map holds. A power of two. */
#define ARGUMENTS_MAX 16384
#define NAME_MAX_BYTES 256
/* Folders of a path that are told; a deeper one is marked as cut. */
#define PATH_DEPTH_MAX 48
#define PATH_BYTES_MAX 3072
/* Variables looked through: an attacker may hide one behind more, which is marked. */
#define ENV_COUNT_MAX 256
#define ENV_BYTES_MAX 4096
#define ENV_TEXT_MAX 512
#define FILENAME_MAX_BYTES 4096
#define DATA_BYTES (ARGUMENTS_MAX + 2 * PATH_BYTES_MAX + ENV_BYTES_MAX + FILENAME_MAX_BYTES + 64)

enum kind { KIND_EXEC = 1, KIND_FORK = 2, KIND_EXIT = 3 };

enum flag {
  FLAG_DELETED = 1,
  FLAG_MEMFD = 2,
  FLAG_SCRIPT = 4,
  FLAG_DENIED = 8,
  FLAG_ARGUMENTS_CUT = 16,
  FLAG_ARGUMENTS_UNREAD = 32,
  FLAG_PATH_CUT = 64,
  FLAG_FOLDER_CUT = 128,
  FLAG_ENV_CUT = 256,
};

struct head {
  __u32 kind, flags;
  __u32 pid, parent_pid;
  __u64 at_ns, start_ns, parent_start_ns, cgroup_id;
  __u64 inode;
  __u32 device, uid, euid, login_uid;
  __s32 exit_code;
  __u32 stdio[3];
  char tty[16];
  /* Lengths of what follows, in this order. */
  __u32 arguments_length, path_length, folder_length, filename_length, env_length, reserved;
};

struct record {
  struct head head;
  char data[DATA_BYTES];
};

struct file_key {
  __u64 inode, device;
};

struct {
  __uint(type, BPF_MAP_TYPE_RINGBUF);
  __uint(max_entries, RING_BYTES);
} ring SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
  __uint(max_entries, 1);
  __type(key, __u32);
  __type(value, struct record);
} scratch SEC(".maps");

/* Records that found no room. */
struct {
  __uint(type, BPF_MAP_TYPE_ARRAY);
  __uint(max_entries, 1);
  __type(key, __u32);
  __type(value, __u64);
} dropped SEC(".maps");

/* Files that must not run: whoever starts one is killed before its first instruction. */
struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(max_entries, 65536);
  __type(key, struct file_key);
  __type(value, __u32);
} denied SEC(".maps");

static __always_inline void send(struct record *record, __u32 length) {
  if (length > sizeof(record->data))
    length = sizeof(record->data);
  if (bpf_ringbuf_output(&ring, record, sizeof(record->head) + length, 0) == 0)
    return;
  __u32 zero = 0;
  __u64 *count = bpf_map_lookup_elem(&dropped, &zero);
  if (count)
    __sync_fetch_and_add(count, 1);
}

static __always_inline struct record *begin(__u32 kind) {
  __u32 zero = 0;
  struct record *record = bpf_map_lookup_elem(&scratch, &zero);
  if (!record)
    return NULL;
  __builtin_memset(&record->head, 0, sizeof(record->head));
  record->head.kind = kind;
  record->head.at_ns = bpf_ktime_get_boot_ns();
  return record;
}

static __always_inline void add_task(struct head *head, struct task_struct *task) {
  struct task_struct *parent = BPF_CORE_READ(task, real_parent, group_leader);
  head->pid = BPF_CORE_READ(task, tgid);
  head->start_ns = BPF_CORE_READ(task, group_leader, start_boottime);
  head->parent_pid = BPF_CORE_READ(parent, tgid);
  head->parent_start_ns = BPF_CORE_READ(parent, start_boottime);
  head->uid = BPF_CORE_READ(task, cred, uid.val);
  head->euid = BPF_CORE_READ(task, cred, euid.val);
  head->login_uid = -1;
  if (bpf_core_field_exists(task->loginuid))
    head->login_uid = BPF_CORE_READ(task, loginuid.val);
}

/* Adds one name to the data; gives the new length. */
static __always_inline __u32 add_text(struct record *record, __u32 at, const void *text, __u32 max) {
  if (at > sizeof(record->data) - FILENAME_MAX_BYTES)
    return at;
  long length = bpf_probe_read_kernel_str(record->data + at, max, text);
  if (length <= 0 || length > FILENAME_MAX_BYTES)
    return at;
  return at + length;
}

struct walk {
  struct record *record;
  struct dentry *dentry;
  struct vfsmount *mount;
  struct dentry *root;
  struct vfsmount *root_mount;
  __u32 at, end, is_cut;
};

/* One step of a path towards the root: a name, or over the edge of a mounted file system. */
static long step(__u32 index, struct walk *walk) {
  struct dentry *dentry = walk->dentry;
  struct vfsmount *inside = walk->mount;
  if (dentry == walk->root && inside == walk->root_mount)
    return 1;
  struct dentry *parent = BPF_CORE_READ(dentry, d_parent);
  struct dentry *mounted = BPF_CORE_READ(inside, mnt_root);
  if (dentry == mounted || dentry == parent) {
    struct mount *mount = (void *)inside - bpf_core_field_offset(struct mount, mnt);
    struct mount *above = BPF_CORE_READ(mount, mnt_parent);
    if (dentry != mounted || above == mount)
      return 1;
    walk->dentry = BPF_CORE_READ(mount, mnt_mountpoint);
    walk->mount = (void *)above + bpf_core_field_offset(struct mount, mnt);
    return 0;
  }
  if (walk->at >= walk->end) {
    walk->is_cut = 1;
    return 1;
  }
  walk->at = add_text(walk->record, walk->at, BPF_CORE_READ(dentry, d_name.name), NAME_MAX_BYTES);
  walk->dentry = parent;
  if (index == PATH_DEPTH_MAX - 1)
    walk->is_cut = 1;
  return 0;
}

/* Adds the names of a path, the last first, each ended by a zero byte. */
static __always_inline __u32 add_path(struct walk *walk, struct path *path, struct fs_struct *fs) {
  walk->dentry = BPF_CORE_READ(path, dentry);
  walk->mount = BPF_CORE_READ(path, mnt);
  walk->root = BPF_CORE_READ(fs, root.dentry);
  walk->root_mount = BPF_CORE_READ(fs, root.mnt);
  walk->is_cut = 0;
  __u32 begun = walk->at;
  walk->end = begun + PATH_BYTES_MAX - NAME_MAX_BYTES;
  bpf_loop(PATH_DEPTH_MAX, step, walk, 0);
  return walk->at - begun;
}

struct search {
  struct record *record;
  unsigned long from, until;
  __u32 at, end, is_inside, is_cut;
};

/* Whether a variable is one that attackers use; by its first eight bytes, little endian. */
static __always_inline bool is_chosen(const char *text) {
  __u64 first;
  __builtin_memcpy(&first, text, sizeof(first));
  switch (first) {
  case 0x4f4c4552505f444c: /* LD_PRELO */
  case 0x415242494c5f444c: /* LD_LIBRA */
  case 0x54494455415f444c: /* LD_AUDIT */
  case 0x454c494654534948: /* HISTFILE */
  case 0x41505f564e4f4347: /* GCONV_PA */
  case 0x6f72705f70747468: /* http_pro */
  case 0x72705f7370747468: /* https_pr */
  case 0x786f72705f6c6c61: /* all_prox */
  case 0x4f52505f50545448: /* HTTP_PRO */
  case 0x52505f5350545448: /* HTTPS_PR */
  case 0x584f52505f4c4c41: /* ALL_PROX */
    return true;
  }
  return false;
}

static long look(__u32 index, struct search *search) {
  if (search->from >= search->until)
    return 1;
  if (search->at >= search->end) {
    search->is_cut = 1;
    return 1;
  }
  __u32 at = search->at;
  if (at > sizeof(search->record->data) - ENV_TEXT_MAX)
    return 1;
  char *text = search->record->data + at;
  long length = bpf_probe_read_user_str(text, ENV_TEXT_MAX, (void *)search->from);
  if (length <= 0) {
    search->is_cut = 1;
    return 1;
  }
  bool is_whole = length < ENV_TEXT_MAX;
  bool is_wanted = !search->is_inside && length > 8 && is_chosen(text);
  search->from += is_whole ? length : length - 1;
  search->is_inside = !is_whole;
  if (is_wanted)
    search->at = at + (length & (ENV_TEXT_MAX * 2 - 1));
  if (index == ENV_COUNT_MAX - 1)
    search->is_cut = search->from < search->until;
  return 0;
}

static __always_inline __u32 add_environment(struct record *record, struct mm_struct *mm, __u32 at) {
  struct search search = {};
  search.record = record;
  search.from = BPF_CORE_READ(mm, env_start);
  search.until = BPF_CORE_READ(mm, env_end);
  search.at = at;
  search.end = at + ENV_BYTES_MAX - ENV_TEXT_MAX;
  bpf_loop(ENV_COUNT_MAX, look, &search, 0);
  if (search.is_cut)
    record->head.flags |= FLAG_ENV_CUT;
  return search.at - at;
}

static __always_inline __u32 add_arguments(struct record *record, struct mm_struct *mm) {
  unsigned long from = BPF_CORE_READ(mm, arg_start);
  unsigned long length = BPF_CORE_READ(mm, arg_end) - from;
  if (length > ARGUMENTS_MAX - 1) {
    length = ARGUMENTS_MAX - 1;
    record->head.flags |= FLAG_ARGUMENTS_CUT;
  }
  length &= ARGUMENTS_MAX - 1;
  if (bpf_probe_read_user(record->data, length, (void *)from) == 0)
    return length;
  record->head.flags |= FLAG_ARGUMENTS_UNREAD;
  return 0;
}

static __always_inline void add_file(struct head *head, struct linux_binprm *program) {
  struct inode *inode = BPF_CORE_READ(program, file, f_inode);
  head->inode = BPF_CORE_READ(inode, i_ino);
  head->device = BPF_CORE_READ(inode, i_sb, s_dev);
  if (BPF_CORE_READ(program, filename) != BPF_CORE_READ(program, interp))
    head->flags |= FLAG_SCRIPT;
  if (BPF_CORE_READ(inode, i_nlink) != 0)
    return;
  head->flags |= FLAG_DELETED;
  char name[8] = {};
  const unsigned char *text = BPF_CORE_READ(program, file, f_path.dentry, d_name.name);
  bpf_probe_read_kernel_str(name, sizeof(name), text);
  __u64 first;
  __builtin_memcpy(&first, name, sizeof(first));
  if ((first & 0xffffffffffff) == 0x3a64666d656d) /* memfd: */
    head->flags |= FLAG_MEMFD;
}

/* Type and mode of the three standard descriptors: type in the low half, major number above. */
static __always_inline void add_stdio(struct head *head, struct task_struct *task) {
  struct fdtable *table = BPF_CORE_READ(task, files, fdt);
  struct file **files = BPF_CORE_READ(table, fd);
  __u32 count = BPF_CORE_READ(table, max_fds);
#pragma unroll
  for (__u32 number = 0; number < 3; number++) {
    struct file *file = NULL;
    if (number < count)
      bpf_probe_read_kernel(&file, sizeof(file), &files[number]);
    struct inode *inode = file ? BPF_CORE_READ(file, f_inode) : NULL;
    if (inode)
      head->stdio[number] =
          (BPF_CORE_READ(inode, i_mode) & 0xf000) | (BPF_CORE_READ(inode, i_rdev) >> 20 << 16);
  }
}

static __always_inline void refuse_denied(struct head *head) {
  struct file_key key = {.inode = head->inode, .device = head->device};
  if (!bpf_map_lookup_elem(&denied, &key))
    return;
  bpf_send_signal(9);
  head->flags |= FLAG_DENIED;
}

SEC("tp_btf/sched_process_exec")
int BPF_PROG(on_exec, struct task_struct *unused, int old_pid, struct linux_binprm *program) {
  struct record *record = begin(KIND_EXEC);
  if (!record)
    return 0;
  struct head *head = &record->head;
  struct task_struct *task = (void *)bpf_get_current_task();
  struct fs_struct *fs = BPF_CORE_READ(task, fs);
  struct mm_struct *mm = BPF_CORE_READ(task, mm);
  add_task(head, task);
  add_file(head, program);
  refuse_denied(head);
  add_stdio(head, task);
  head->cgroup_id = bpf_get_current_cgroup_id();
  struct tty_struct *tty = BPF_CORE_READ(task, signal, tty);
  if (tty)
    bpf_probe_read_kernel_str(head->tty, sizeof(head->tty),
                              (void *)tty + bpf_core_field_offset(struct tty_struct, name));
  head->arguments_length = add_arguments(record, mm);
  struct walk walk = {.record = record, .at = head->arguments_length};
  struct file *file = BPF_CORE_READ(program, file);
  if (head->flags & FLAG_MEMFD) {
    /* It lies in no folder. */
    walk.at = add_text(record, walk.at, BPF_CORE_READ(file, f_path.dentry, d_name.name), NAME_MAX_BYTES);
    head->path_length = walk.at - head->arguments_length;
  } else {
    head->path_length = add_path(&walk, &file->f_path, fs);
  }
  if (walk.is_cut)
    head->flags |= FLAG_PATH_CUT;
  head->folder_length = add_path(&walk, &fs->pwd, fs);
  if (walk.is_cut)
    head->flags |= FLAG_FOLDER_CUT;
  __u32 at = walk.at;
  __u32 next = add_text(record, at, BPF_CORE_READ(program, filename), FILENAME_MAX_BYTES);
  head->filename_length = next - at;
  head->env_length = add_environment(record, mm, next);
  send(record, next + head->env_length);
  return 0;
}

SEC("tp_btf/sched_process_fork")
int BPF_PROG(on_fork, struct task_struct *parent, struct task_struct *child) {
  if (BPF_CORE_READ(child, pid) != BPF_CORE_READ(child, tgid))
    return 0;
  struct record *record = begin(KIND_FORK);
  if (!record)
    return 0;
  add_task(&record->head, child);
  send(record, 0);
  return 0;
}

SEC("tp_btf/sched_process_exit")
int BPF_PROG(on_exit, struct task_struct *task) {
  if (BPF_CORE_READ(task, signal, live.counter) != 0)
    return 0;
  struct record *record = begin(KIND_EXIT);
  if (!record)
    return 0;
  add_task(&record->head, task);
  int code = BPF_CORE_READ(task, signal, group_exit_code);
  record->head.exit_code = code ? code : BPF_CORE_READ(task, exit_code);
  send(record, 0);
  return 0;
}
