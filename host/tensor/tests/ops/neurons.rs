use crate::support::{Nd, both, spikes, values};
use neurotrain_plugin_api::Surrogate;
use std::f64::consts::PI;

#[test]
fn one_step_of_free_neurons() {
    both(|ctx, tolerance| {
        let (u, un) = values(ctx, "u", &[3, 40]);
        let (i, current) = values(ctx, "i", &[3, 40]);
        let (s, sn) = spikes(ctx, "s", &[3, 40], 0.3);
        let (membrane, fired) = u.lif_step(&i, &s, 0.9, 0.75, false).unwrap();
        let want = Nd::from_fn(&[3, 40], |p| 0.9 * un.at(p) + current.at(p) - 0.75 * sn.at(p));
        want.expect(&membrane, tolerance);
        Nd::of(&membrane)
            .map(|u| f64::from(u8::from(u > 0.75)))
            .expect(&fired, 0.0);
        // At the threshold exactly.
        let (u, zero) = (ctx.full(&[1, 2], 1.5).unwrap(), ctx.zeros(&[1, 2]).unwrap());
        assert_eq!(
            u.lif_step(&zero, &zero, 0.5, 0.75, false)
                .unwrap()
                .1
                .to_vec()
                .unwrap(),
            [0.0, 0.0]
        );
        assert_eq!(
            u.lif_step(&zero, &zero, 0.5, 0.75, true)
                .unwrap()
                .1
                .to_vec()
                .unwrap(),
            [1.0, 1.0]
        );
    });
}

#[test]
fn pseudo_derivatives() {
    let sig = |x: f64| 1.0 / (1.0 + (-x).exp());
    type Case<'a> = (Surrogate, Box<dyn Fn(f64) -> f64 + 'a>);
    let all: [Case<'_>; 6] = [
        (
            Surrogate::FastSigmoid { slope: 25.0 },
            Box::new(|x| 1.0 / (25.0 * x.abs() + 1.0).powi(2)),
        ),
        (
            Surrogate::Sigmoid { slope: 4.0 },
            Box::new(move |x| 4.0 * sig(4.0 * x) * sig(-4.0 * x)),
        ),
        (
            Surrogate::Atan { scale: 2.0 },
            Box::new(|x| 2.0 / (1.0 + (PI * x).powi(2))),
        ),
        (
            Surrogate::Triangular {
                scale: 0.3,
                width: 0.5,
            },
            Box::new(|x| 0.3 * (1.0 - (x / 0.5).abs()).max(0.0)),
        ),
        (Surrogate::Tanh, Box::new(|x: f64| 1.0 - x.tanh().powi(2))),
        (
            Surrogate::Boxcar { half_width: 0.5 },
            Box::new(|x: f64| f64::from(u8::from(x.abs() <= 0.5))),
        ),
    ];
    both(|ctx, tolerance| {
        let (u, n) = values(ctx, "u", &[4, 25]);
        for (kind, f) in &all {
            n.map(|u| f(u - 0.75))
                .expect(&u.pseudo_derivative(kind, 0.75).unwrap(), 10.0 * tolerance);
        }
    });
}

#[test]
fn filters_over_time() {
    both(|ctx, tolerance| {
        for dims in [&[6_usize, 2, 3][..], &[1, 4], &[5]] {
            let ((x, xn), (g, gn)) = (values(ctx, "x", dims), values(ctx, "g", dims));
            let (steps, width) = (dims[0], xn.data.len() / dims[0]);
            let filter = |reverse: bool, gain: &dyn Fn(usize, usize) -> f64| {
                let mut y = xn.clone();
                for k in 1..steps {
                    for j in 0..width {
                        let (t, from) = if reverse {
                            (steps - 1 - k, steps - k)
                        } else {
                            (k, k - 1)
                        };
                        let factor = if reverse { gain(t + 1, j) } else { gain(t, j) };
                        y.data[t * width + j] += factor * y.data[from * width + j];
                    }
                }
                y
            };
            filter(false, &|_, _| 0.8).expect(&x.scan_decay(0.8).unwrap(), tolerance);
            filter(true, &|_, _| 0.8).expect(&x.scan_decay_reverse(0.8).unwrap(), tolerance);
            let gain = |t: usize, j: usize| gn.data[t * width + j];
            filter(false, &gain).expect(&x.scan_gain(&g).unwrap(), tolerance);
            filter(true, &gain).expect(&x.scan_gain_reverse(&g).unwrap(), tolerance);
        }
        assert_eq!(
            &ctx.zeros(&[0, 3]).unwrap().scan_decay(0.5).unwrap().shape()[..],
            [0, 3]
        );
    });
}
