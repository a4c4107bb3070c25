//! How runs share the cores.

/// Runs at a time and threads of each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Sharing {
    pub(crate) jobs: usize,
    pub(crate) threads: usize,
}

/// What was asked for, completed so that `cores` are used: several runs of few threads before one of many.
pub(crate) fn share(cores: usize, runs: usize, jobs: Option<usize>, threads: Option<usize>) -> Sharing {
    let (cores, runs) = (cores.max(1), runs.max(1));
    let jobs = jobs
        .unwrap_or_else(|| (cores / threads.unwrap_or(1)).max(1))
        .min(runs);
    let threads = threads.unwrap_or_else(|| (cores / jobs).max(1));
    Sharing { jobs, threads }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cores_are_used_and_wishes_respected() {
        let of = |cores, runs, jobs, threads| {
            let s = share(cores, runs, jobs, threads);
            (s.jobs, s.threads)
        };
        assert_eq!(of(8, 20, None, None), (8, 1));
        assert_eq!(of(8, 2, None, None), (2, 4));
        assert_eq!(of(8, 1, None, None), (1, 8));
        assert_eq!(of(8, 20, None, Some(4)), (2, 4));
        assert_eq!(of(8, 20, Some(3), None), (3, 2));
        assert_eq!(of(2, 20, Some(5), Some(3)), (5, 3));
        assert_eq!(of(2, 20, None, Some(16)), (1, 16));
        assert_eq!(of(0, 0, None, None), (1, 1));
    }
}
