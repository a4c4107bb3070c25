//! x
fn main() {
    let t = std::time::Instant::now();
    let table = neurotrain_kernels::cost::calibrate(std::time::Duration::from_millis(2500));
    eprintln!("{:?}", t.elapsed());
    print!("{}", table.to_json());
}
