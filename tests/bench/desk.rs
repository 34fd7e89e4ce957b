//! What staff wait for at the desk: a search as they type, and an intake.

use crate::measure::percentiles;
use domain::package::PackageSize;
use std::time::{Duration, Instant};
use stories::Room;

pub async fn search(room: &Room) {
    let (mut packages, mut people) = (Vec::new(), Vec::new());
    for n in 0..300 {
        for query in [letters(n), format!("person {}", &letters(n)[..1]), format!("{n:03}"), format!("1z{n}")]
        {
            let began = Instant::now();
            room.station.store().search_packages(&query, None, None, 20).await.unwrap();
            packages.push(began.elapsed());
        }
        for query in [letters(n), letters(n)[..1].to_owned(), format!("dept {}", n % 40)] {
            let began = Instant::now();
            room.station.store().search_people(&query, None, 20).await.unwrap();
            people.push(began.elapsed());
        }
    }
    let (a50, a99) = percentiles(&mut packages);
    let (b50, b99) = percentiles(&mut people);
    println!(
        "search as you type: packages p50 {a50:.2} ms, p99 {a99:.2} ms; people p50 {b50:.2} ms, p99 {b99:.2} ms (target p99 10 ms)"
    );
}

pub async fn intake(room: &Room) {
    let bob = room.person("Bob", "40856636").await;
    let (began, mut done) = (Instant::now(), 0);
    while began.elapsed() < Duration::from_secs(3) {
        room.received(bob, PackageSize::S).await;
        done += 1;
    }
    println!("intake: {:.0} packages a second", f64::from(done) / began.elapsed().as_secs_f64());
}

pub fn letters(n: usize) -> String {
    (0..3).map(|i| char::from(b'a' + u8::try_from((n * 7 + i * 11) % 26).unwrap())).collect()
}
