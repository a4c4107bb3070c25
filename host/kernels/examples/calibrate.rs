//! x
fn main() {
    let t = std::time::Instant::now();
    let table = neurotrain_kernels::cost::calibrate(std::time::Duration::from_millis(
        std::env::args().nth(1).map_or(2500, |v| v.parse().unwrap()),
    ));
    eprintln!("{:?}", t.elapsed());
    print!("{}", table.to_json());
}
