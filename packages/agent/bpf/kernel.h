/*
 * The kernel's structures, as far as we read them. Only names and types count: libbpf finds the real
 * offsets in the running kernel's own type information (CO-RE), so one object fits all kernels.
 */
#ifndef WARDGRID_KERNEL_H
#define WARDGRID_KERNEL_H

#include <linux/types.h>
#include <stdbool.h>

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

typedef struct {
  __u32 val;
} kuid_t;

struct qstr {
  const unsigned char *name;
};

struct super_block {
  __u32 s_dev;
  unsigned long s_magic;
};

struct inode {
  unsigned short i_mode;
  unsigned int i_nlink;
  unsigned long i_ino;
  __u32 i_rdev;
  struct super_block *i_sb;
};

struct dentry {
  struct dentry *d_parent;
  struct qstr d_name;
};

struct vfsmount {
  struct dentry *mnt_root;
};

struct mount {
  struct mount *mnt_parent;
  struct dentry *mnt_mountpoint;
  struct vfsmount mnt;
};

struct path {
  struct vfsmount *mnt;
  struct dentry *dentry;
};

struct file {
  struct inode *f_inode;
  struct path f_path;
};

struct fdtable {
  unsigned int max_fds;
  struct file **fd;
};

struct files_struct {
  struct fdtable *fdt;
};

struct fs_struct {
  struct path root;
  struct path pwd;
};

struct mm_struct {
  unsigned long arg_start, arg_end, env_start, env_end;
};

struct tty_struct {
  char name[64];
};

typedef struct {
  int counter;
} atomic_t;

struct signal_struct {
  atomic_t live;
  int group_exit_code;
  struct tty_struct *tty;
};

struct cred {
  kuid_t uid, euid;
};

struct task_struct {
  int pid, tgid, exit_code;
  __u64 start_boottime;
  struct task_struct *real_parent;
  struct task_struct *group_leader;
  const struct cred *cred;
  kuid_t loginuid;
  struct mm_struct *mm;
  struct fs_struct *fs;
  struct files_struct *files;
  struct signal_struct *signal;
};

struct linux_binprm {
  struct file *file;
  const char *filename;
  const char *interp;
};

struct in6_addr {
  __u8 bytes[16];
};

struct sock_common {
  __u32 skc_daddr, skc_rcv_saddr;
  __u16 skc_dport, skc_num, skc_family;
  struct in6_addr skc_v6_daddr, skc_v6_rcv_saddr;
};

struct sock {
  struct sock_common __sk_common;
  __u16 sk_protocol;
};

struct sk_buff {
  __u16 protocol, transport_header, network_header;
  unsigned char *head;
};

#pragma clang attribute pop

#endif
