use crate::support::{code, ctx, session};
use neurotrain_plugin_api::{Bundle, Ctx, DType, Error, Level};
use neurotrain_tensor::{Callbacks, DataDirs, RealType, Services, Session, SessionConfig};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

#[test]
fn the_run_is_described() {
    let session = session(RealType::F64, u64::MAX);
    let ctx = Ctx::from_raw(Services::new(session, Callbacks::default())).unwrap();
    assert_eq!((ctx.seed(), ctx.dtype()), (u64::MAX, DType::F64));
    assert_eq!(
        ctx.service("run", Bundle::new()).unwrap().text("device").unwrap(),
        "cpu"
    );
    let (code, message) = code(ctx.service("teleport", Bundle::new()));
    assert_eq!(code, "unsupported");
    assert!(message.contains("`teleport`"));
}

#[test]
fn the_programs_side_is_called() {
    let records = Arc::new(Mutex::new(Vec::new()));
    let stop = Arc::new(AtomicBool::new(false));
    let (seen, asked) = (records.clone(), stop.clone());
    let callbacks = Callbacks {
        log: Box::new(move |level, text| seen.lock().unwrap().push((level, text.to_owned()))),
        cancelled: Box::new(move || asked.load(Ordering::Relaxed)),
        data_dirs: Box::new(|key| match key {
            "digits" => Ok(DataDirs {
                dirs: vec!["a/digits".into(), "b".into()],
                bundled: Some("b".into()),
            }),
            other => Err(Error::new("bad-data", format!("no `{other}`"))),
        }),
        service: Box::new(|name, _| {
            (name == "extra").then(|| {
                let mut answer = Bundle::new();
                answer.put_int("n", 7);
                Ok(answer)
            })
        }),
    };
    let ctx = Ctx::from_raw(Services::new(session(RealType::F32, 0), callbacks)).unwrap();
    ctx.clone().log(Level::Warn, "careful");
    assert_eq!(*records.lock().unwrap(), [(2, "careful".to_owned())]);
    assert!(!ctx.cancelled());
    stop.store(true, Ordering::Relaxed);
    assert_eq!(code(ctx.check_cancelled()).0, "cancelled");
    let dirs = ctx.data_dirs("digits").unwrap();
    assert_eq!(dirs, [std::path::PathBuf::from("a/digits"), "b".into()]);
    assert_eq!(code(ctx.data_dirs("ghost")).0, "bad-data");
    assert_eq!(ctx.service("extra", Bundle::new()).unwrap().int("n").unwrap(), 7);
}

#[test]
fn a_panic_of_the_program_does_not_cross() {
    let callbacks = Callbacks {
        log: Box::new(|_, _| panic!("log")),
        cancelled: Box::new(|| panic!("cancelled")),
        data_dirs: Box::new(|_| panic!("dirs")),
        service: Box::new(|_, _| panic!("service")),
    };
    let ctx = Ctx::from_raw(Services::new(session(RealType::F32, 0), callbacks)).unwrap();
    ctx.log(Level::Info, "x");
    assert!(!ctx.cancelled());
    assert_eq!(code(ctx.data_dirs("x")).0, "panic");
    assert_eq!(code(ctx.service("x", Bundle::new())).0, "panic");
}

#[test]
fn parallel_loops_run_every_index_once_and_do_not_nest() {
    let ctx = ctx(RealType::F32);
    let counts: Vec<AtomicUsize> = (0..1000).map(|_| AtomicUsize::new(0)).collect();
    ctx.parallel_for(1000, |i| {
        counts[i].fetch_add(1, Ordering::Relaxed);
    })
    .unwrap();
    assert!(counts.iter().all(|c| c.load(Ordering::Relaxed) == 1));
    ctx.parallel_for(0, |_| unreachable!()).unwrap();

    struct Shared<'a>(&'a Ctx);
    // SAFETY: `RawHost` is `Sync`.
    unsafe impl Sync for Shared<'_> {}
    let shared = Shared(&ctx);
    let shared = &shared;
    let inner = Mutex::new(Vec::new());
    ctx.parallel_for(4, |_| {
        let result = shared.0.parallel_for(2, |_| ());
        inner.lock().unwrap().push(code(result).0);
    })
    .unwrap();
    assert_eq!(*inner.lock().unwrap(), ["nested-parallel"; 4]);
    assert_eq!(
        code(ctx.parallel_for(3, |i| assert!(i != 1, "index 1"))).0,
        "panic"
    );
    // After a failure the next loop runs as ever.
    ctx.parallel_for(3, |_| ()).unwrap();
}

#[test]
fn devices_by_name() {
    let open = |device: &str| {
        Session::new(SessionConfig {
            device: device.to_owned(),
            dtype: RealType::F32,
            seed: 0,
            ..SessionConfig::default()
        })
        .map(|s| s.device_name().to_owned())
    };
    assert_eq!(open("cpu").unwrap(), "cpu");
    assert!(open("auto").is_ok());
    assert_eq!(code(open("gpu")).0, "bad-config");
    assert_eq!(code(open("cuda:x")).0, "bad-config");
    assert_eq!(code(open("cpu:1")).0, "bad-config");
    #[cfg(not(feature = "cuda"))]
    assert_eq!(code(open("cuda:0")).0, "unsupported");
    #[cfg(not(feature = "metal"))]
    assert_eq!(code(open("metal")).0, "unsupported");
}
